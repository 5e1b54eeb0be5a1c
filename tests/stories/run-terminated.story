# The system ends the program during a run: what is under way finishes, nothing new starts, the next sync goes on.
sandbox devices=300 policies=8 organizations=12
do bindery link "Acme Corporation" "Acme Corporation"
do bindery sandbox change fault service=itglue method=PATCH times=1000 "kind={\"delay\":\"released\"}"
run bindery
wait "Acme Corporation"
gone ", reading"
press s
wait "y/n"
press y
wait "↑ writing"
signal TERM
wait "Stopping safely"
do bindery sandbox change clear-faults
do bindery sandbox change release
exit 130
restored
do bindery history
says "cancelled"

# Home says so first.
run bindery
wait "Run 1"
press q
exit 0
restored
do exit=3 bindery sync --all
do exit=3 bindery sync --all
says "69 devices, 0 to write"
