# IT Glue wants the exact name; near ones are offered, none chosen beforehand.
sandbox devices=120 policies=8 organizations=12
run bindery
wait "Acme Corporation"
gone ", reading"
press o
wait "One organization has exactly this name"
press ctrl-u
type Acme Corp
wait "near"
wait "No organization"
# Enter on a name that is none chooses nothing.
press enter
idle
reject "Not saved"
# Down to a near name, which searches for that one.
press down enter
wait "One organization has exactly this name"
press enter
wait "Not saved"
press enter
wait "nothing written yet"
press q
exit 0
restored
