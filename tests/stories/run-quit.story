# Leaving during a run: q and Ctrl-C ask, a second Ctrl-C stops safely and journals it.
sandbox devices=300 policies=8 organizations=12
do bindery link "Acme Corporation" "Acme Corporation"
do bindery sandbox change fault service=itglue method=POST times=1000 "kind={\"delay\":\"released\"}"
run bindery
wait "Acme Corporation"
gone ", reading"
press s
wait "y/n"
press y
wait "↑ writing"
press q
wait "Quit when it is done"
press n
gone "Quit when it is done"
press ctrl-c
wait "Quit when it is done"
press ctrl-c
wait "Stopping safely"
do bindery sandbox change clear-faults
do bindery sandbox change release
exit 130
restored
do bindery history
says "cancelled"
says "26 created"
