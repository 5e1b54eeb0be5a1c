# The driver itself, on commands that are no console.
size 80x60
run bindery --help
exit 0
expect "Exit codes: 0 done"
restored

sandbox devices=40 policies=6 organizations=8
run bindery policies
wait "Acme Corporation"
exit 0
restored

do bindery link "Acme Corporation" "Acme Corporation"
says "Nothing is synced yet"
do exit=3 bindery sync --all

# A question at a terminal.
run bindery unlink --inactivate "Acme Corporation"
wait "[y/N]"
type n
press enter
exit 4
