#!/bin/sh
# Import every discharge list in a folder; what is done moves to done/, what needs a look to look/.
# Usage: import-folder.sh FOLDER [option of import-discharges …]
# Exit code: 0 all done, 4 some need a look, 5 some wait for the care file, else that of the
# command that stopped it.
set -u
PATH=${HOME:-}/.local/bin:$PATH # cron has little more than /usr/bin
folder=${1:?usage: import-folder.sh FOLDER}
shift
case $folder in -*) folder=./$folder ;; esac
[ -d "$folder" ] || {
    echo "import-folder.sh: no folder $folder" >&2
    exit 2
}
mkdir -p "$folder/done" "$folder/look" || exit 6

# Move a file; one of that name which is there already, such as yesterday's, is never replaced.
put() {
    target=$2/${1##*/}
    number=2
    while [ -e "$target" ]; do
        target=$2/$number-${1##*/}
        number=$((number + 1))
    done
    mv -- "$1" "$target" || exit 6
}

worst=0
# What is there now: rejected rows that this run writes are for a look, corrected ones are imported
for file in "$folder"/*; do
    [ -f "$file" ] || continue
    name=${file##*/}
    caretool import-discharges "$file" --mask "$@"
    code=$?
    case $code in
        0) put "$file" "$folder/done" ;;
        3 | 4)
            put "$file" "$folder/look"
            echo "$name needs a look, with its rejected rows: $folder/look" >&2
            for rejects in "$folder/${name%.*}".rejects*.csv; do
                [ -f "$rejects" ] && put "$rejects" "$folder/look"
            done
            [ "$worst" -eq 5 ] || worst=4
            ;;
        5) worst=5 ;; # in use or missing: the file stays for the next time
        *) exit "$code" ;;
    esac
done
exit "$worst"
