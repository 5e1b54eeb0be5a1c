# Some writes fail: the run goes on, says which and why, and a retry binds them.
sandbox devices=120 policies=8 organizations=12
setting sync.settle_seconds = 0
do bindery link "Acme Corporation" "Acme Corporation"
do bindery sandbox change fault service=itglue method=PATCH times=100 "kind={\"status\":{\"status\":500}}"
env BINDERY_BACKOFF_MS=2
run bindery
wait "Acme Corporation"
gone ", reading"
press s
wait "y/n"
press y
wait "pending first"
expect "PENDING"
expect "no usable answer"
do bindery sandbox change clear-faults
press r
wait "y/n"
press y
wait "run 2"
wait "Done at"
press q
exit 0
restored
do bindery history
