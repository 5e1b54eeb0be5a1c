# A run is undone: its plan, one question, live progress, and the history says so.
sandbox devices=120 policies=8 organizations=12
setting sync.settle_seconds = 0
do bindery link "Acme Corporation" "Acme Corporation"
run bindery
wait "Acme Corporation"
gone ", reading"
press s
wait "y/n"
press y
wait "Done at"
press u
wait "to set inactive"
expect "syncs leave it alone until it is released"
expect "It was the first sync of the link of"
press a
wait "Put back"
press n
expect "Undo  run 1"
press a
wait "y/n"
press y
wait "run 2"
wait "Done at"
press 3
wait "undo"
press q
exit 0
restored
do bindery history 1
says "undone"
do bindery undo 1 --dry-run
says "undone before"
