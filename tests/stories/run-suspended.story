# Ctrl-Z during a run stops it safely first, for a stopped process must hold no lock.
sandbox devices=300 policies=8 organizations=12
do bindery link "Acme Corporation" "Acme Corporation"
do bindery sandbox change fault service=itglue method=PATCH times=1000 "kind={\"delay\":\"released\"}"
run sh -i
wait "$ "
type bindery
press enter
wait "Acme Corporation"
gone ", reading"
press s
wait "y/n"
press y
wait "↑ writing"
press ctrl-z
wait "Stopping safely"
do bindery sandbox change clear-faults
do bindery sandbox change release
wait "Stopped"
# Another process can go on meanwhile.
do exit=3 bindery sync --all
type fg; echo le"ft"
press enter
wait "Devices Binding"
press ctrl-c
wait "left"
type exit
press enter
exit 0
restored
