# From nothing to switched on, with the mistakes one makes on the way.
sandbox devices=120 policies=8 organizations=12
settings none
run bindery
wait "step 1 of 7"
press up ctrl-u
type {addigy}
press down*2
type wrong-token
press enter
wait "Addigy turned the token away"
# A line end that came with the paste does not send the field off.
press ctrl-u
paste "sandbox-token\n"
idle
reject "The token works"
press enter
wait "The token works"
reject "sandbox-token"
press enter

# Leaving midway keeps a draft, though no secret.
wait "step 2 of 7"
# It is written when the typing pauses.
do sh -c "until ls state | grep draft; do sleep 0.1; done"
press ctrl-c
exit 0
restored
do sh -c "ls; ! grep -r sandbox-token ."
run bindery
wait "draft of your last setup"
press down
paste sandbox-token
press enter
wait "8 policies"
press enter

wait "step 2 of 7"
press right*3
wait "(•) another address"
press down ctrl-u
type {itglue}
press down*2
paste ITG.wrong
press enter
wait "!"
press ctrl-u
paste ITG.sandbox-key
press enter
wait "12 organizations, 5 statuses"
press enter

wait "step 3 of 7"
type acti
press enter
wait "step 4 of 7"
# The same as the active one is refused.
type active
press up*5
press enter
idle
expect "step 4 of 7"
press ctrl-u
type inact
press enter
wait "step 5 of 7"
type lapt
press enter
wait "step 6 of 7"
press enter
wait "step 7 of 7"
wait "Switch on"
press enter
wait "writes ON"
wait "Acme Corporation"
press q
exit 0
restored
do grep "enabled = true" config.toml
do ls -l config.toml
says "-rw-------"
do bindery doctor
