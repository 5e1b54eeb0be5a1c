# The picture of the wizard: the demo's, which is filled in.
size 100x30
clock 14:02
run bindery demo
wait "step 1 of 7"
press enter*2
wait "The token works"
press enter
wait "step 2 of 7"
press enter*4
wait "The key works"
press enter
wait "step 3 of 7"
press enter
wait "step 4 of 7"
press enter
wait "step 5 of 7"
press enter
wait "step 6 of 7"
gone "Reading facts"
press up enter
idle
shot wizard
press ctrl-c
exit 0
