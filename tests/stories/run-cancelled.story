# c: what is under way finishes, nothing new starts, nothing is lost.
sandbox devices=300 policies=8 organizations=12 itglue-bulk-size=10
do bindery link "Acme Corporation" "Acme Corporation"
do bindery sandbox change fault service=itglue method=POST times=1000 "kind={\"delay\":\"released\"}"
run bindery
wait "Acme Corporation"
gone ", reading"
press s
wait "y/n"
press y
wait "↑ writing"
press c
wait "Stop run 1?"
press y
do bindery sandbox change clear-faults
do bindery sandbox change release
wait "stopped"
press q
exit 0
restored
do bindery history last
