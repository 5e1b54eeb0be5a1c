# Whatever ends the console, the terminal is as it was before.
sandbox devices=60 policies=8 organizations=10

run bindery
wait "Policies"
press q
exit 0
restored

run bindery
wait "Policies"
press ctrl-c
exit 0
restored

run bindery
wait "Policies"
signal TERM
exit 130
restored

run bindery
wait "Policies"
signal HUP
exit 130
restored

run bindery
wait "Policies"
signal INT
exit 0
restored

# A connection that drops takes the terminal with it.
run bindery
wait "Policies"
hangup
exit 130

env BINDERY_TEST_PANIC=1
run bindery
wait "Policies"
press f12
exit 101
expect "asked for by BINDERY_TEST_PANIC"
restored
