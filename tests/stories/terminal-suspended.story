# Ctrl-Z gives the shell its terminal back; fg goes on where it was.
sandbox devices=60 policies=8 organizations=10
run sh -i
wait "$ "
type bindery
press enter
wait "Policies"
press ctrl-z
wait "Stopped"
reject "Policies"
# Line by line again, and echoed.
type echo re"sto"red
press enter
wait "restored"
type printf '\033c'; fg
press enter
wait "Policies"
press ?
idle
press ctrl-z
wait "Stopped"
type fg; echo le"ft"
press enter
wait "Policies"
press ctrl-c
wait "left"
type exit 3
press enter
exit 3
restored
