# The policy's name is the organization's: three keys link it and show its plan.
sandbox devices=120 policies=8 organizations=12
run bindery
wait "Acme Corporation"
gone ", reading"
press o
wait "One organization has exactly this name"
press enter
wait "Not saved"
# An unsaved choice is not lost without a question.
press esc
wait "y/n"
press n
gone "y/n"
expect "Not saved"
press enter
wait "nothing written yet"
expect "Linked Acme Corporation to Acme Corporation"
press q
exit 0
restored
do bindery status
says "Acme Corporation"
do bindery sandbox look counters
