# No terminal, no colours, no UTF-8, hardly any room.
sandbox devices=60 policies=8 organizations=10
do bindery link "Acme Corporation" "Acme Corporation"

do exit=2 bindery
says "the console needs a terminal, and this is none"
do exit=2 bindery demo
says "the console needs a terminal, and this is none"
do exit=2 sh -c "bindery | cat; exit 2"

env NO_COLOR=1
run bindery
wait "Acme Corporation"
colourless
press q
exit 0
restored
env NO_COLOR

env LANG=C
run bindery
wait "Acme Corporation"
ascii
press ?
idle
ascii
press ctrl-c
exit 0
restored
env LANG=C.UTF-8

size 20x6
run bindery
wait "Bindery needs"
resize 80x24
wait "Acme Corporation"
resize 20x6
wait "Bindery needs"
resize 1x1
idle
resize 200x50
wait "Acme Corporation"
press q
exit 0
restored
