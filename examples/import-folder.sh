#!/bin/sh
# Import every discharge list in a folder; what is done moves to done/, what needs a look to look/.
# Usage: import-folder.sh FOLDER [option of import-discharges …]
# Exit code: 0 all done, 4 some need a look, else that of the command that stopped it.
set -u
folder=${1:?usage: import-folder.sh FOLDER}
shift
mkdir -p "$folder/done" "$folder/look" || exit 6
worst=0
for file in "$folder"/*; do
    [ -f "$file" ] || continue
    case $file in
        *.rejects*.csv) continue ;; # written by an import, to be corrected by hand
    esac
    caretool import-discharges "$file" --mask "$@"
    code=$?
    case $code in
        0) mv "$file" "$folder/done/" ;;
        3) mv "$file" "$folder/look/" && worst=4 ;;
        4)
            mv "$file" "$folder/look/" && worst=4
            stem=${file%.*}
            for rejects in "$stem".rejects*.csv; do
                [ -f "$rejects" ] && mv "$rejects" "$folder/look/"
            done
            ;;
        5) worst=5 ;; # in use or missing: the file stays for the next time
        *) exit "$code" ;;
    esac
done
exit "$worst"
