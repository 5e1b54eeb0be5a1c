# Any size during a run, down to 20x6 and back.
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
resize 20x6
wait "Bindery needs"
resize 200x50
wait "Devices Binding"
resize 1x1
resize 40x10
wait "Devices Binding"
resize 80x24
wait "Enter open"
do bindery sandbox change clear-faults
do bindery sandbox change release
wait "Done at"
press q
exit 0
restored
