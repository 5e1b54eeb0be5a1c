# Leaving during a run: asked, stopped safely, journaled; whatever asked for it.
sandbox devices=300 policies=8 organizations=12
setting sync.settle_seconds = 0
do bindery link "Acme Corporation" "Acme Corporation"

# q asks; n stays; Ctrl-C twice stops safely.
do bindery sandbox change fault service=itglue method=POST times=1000 "kind={\"delay\":\"released\"}"
run bindery
wait "Acme Corporation"
press s
wait "y/n"
press y
wait "writing"
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
says "interrupted"

# SIGHUP.
do bindery sandbox change fault service=itglue method=PATCH times=1000 "kind={\"delay\":\"released\"}"
run bindery
wait "Acme Corporation"
press s
wait "y/n"
press y
wait "writing"
signal HUP
wait "Stopping safely"
do bindery sandbox change clear-faults
do bindery sandbox change release
exit 130
restored
