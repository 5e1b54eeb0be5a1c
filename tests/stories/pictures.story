# The pictures of the README: a morning with forty policies.
size 100x30
clock 14:02
sandbox
setting sync.settle_seconds = 0

run bindery
wait "Acme Corporation"
gone ", reading"
press o
wait "One organization has exactly this name"
shot picker
press ctrl-c
exit 0

do bindery link --adopt --yes
do bindery link "Acme Corporation" "Acme Corporation"
run bindery
wait "Birch, Alder and Sons"
gone ", reading"
press /
type Birch, Alder
press enter
idle
press p
wait "nothing written yet"
press down*11 enter
idle
shot plan
press q
exit 0

do bindery sandbox change fault service=itglue method=PATCH times=44 "kind={\"status\":{\"status\":500}}"
do bindery sandbox change fault service=itglue method=POST skip=1 times=100 "kind={\"delay\":\"released\"}"
env BINDERY_BACKOFF_MS=2
run bindery
wait "Acme Corporation"
gone ", reading"
press s
wait "y/n"
press y
wait "Reasons 2"
idle
press n
wait "no usable answer"
shot devices-binding
resize 80x24
wait "Enter open"
shot small-80x24
resize 100x30
do bindery sandbox change clear-faults
do bindery sandbox change release
wait "pending first"
shot devices-pending
press q
exit 0

do exit=3 bindery sync --all
# Since then devices left, and names changed.
do bindery sandbox change remove-devices "policy=Birch, Alder and Sons" count=12
do exit=4 bindery sync "Birch, Alder and Sons"
run bindery
wait "Acme Corporation"
gone ", reading"
shot policies
press q
exit 0

background light
run bindery
wait "Acme Corporation"
gone ", reading"
shot light
press q
exit 0
