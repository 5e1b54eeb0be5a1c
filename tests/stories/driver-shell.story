# The driver itself, on a shell: keys, sizes, signals and what is left on.
size 60x10
run sh -i
wait "$ "
type stty size
press enter
wait "10 60"
resize 100x20
type stty size
press enter
wait "20 100"
expect-line 1 "stty size"

# Job control works as for a person.
type sh -c "printf 're%s' ady; exec cat"
press enter
wait "ready"
press ctrl-z
wait "Stopped"
type fg
press enter
type again
press enter ctrl-d

type printf '\033[?2004h\033[?1049h\033]52;c;QWNtZQ==\a'; exit 7
press enter
exit 7
clipboard "Acme"

# A program that a signal ends, and one whose terminal goes away.
run sh -c "trap 'exit 9' TERM; echo ready; while :; do sleep 0.1; done"
wait "ready"
signal TERM
exit 9
run sh -c "trap 'echo gone > left; exit 8' HUP; echo ready; while :; do sleep 0.1; done"
wait "ready"
hangup
exit 8
do cat left
says "gone"
