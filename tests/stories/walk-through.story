# The walk-through of the README: from nothing to a bound policy in the demo.
size 100x30
clock 14:02
run bindery demo
wait "step 1 of 7"
film walk-through
caption bindery demo: both services are made up, and nothing leaves this machine
hold 3s
caption The wizard asks one thing at a time and checks each answer against the services
press enter*2
wait "The token works"
hold 2s
press enter
wait "step 2 of 7"
press enter*4
wait "The key works"
hold 1s
press enter
wait "step 3 of 7"
press enter
wait "step 4 of 7"
press enter
wait "step 5 of 7"
press enter
wait "step 6 of 7"
gone "Reading facts"
caption Some devices get another type? A rule shows at once which ones it catches
press up
hold 3s
press down enter
wait "step 7 of 7"
caption Everything on one page, checked again by the switch
hold 2s
press enter
wait "writes ON"
wait "Acme Corporation"
caption The policies of Addigy: linked, in need of attention, or not linked
hold 3s
caption o links the policy: IT Glue is asked for exactly this name
press o
wait "One organization has exactly this name"
hold 2s
press enter
wait "Not saved"
hold 1s
press enter
caption The plan: what a sync would do and why, before anything is written
wait "nothing written yet"
hold 3s
press n
hold 2s
press a
wait "y/n"
hold 1s
caption Live, device by device; IT Glue's limit is a wait, not a failure
press y
wait "pending first" within 180s
caption Some writes failed. The rest went on, and a retry binds them
hold 3s
press r
wait "y/n"
hold 1s
press y
wait "run 2"
wait "Done at" within 180s
hold 3s
caption Home again: what needs a person is marked, and all else follows Addigy from now on
press 1
wait "Filter: none"
hold 4s
cut
press q
exit 0
restored
