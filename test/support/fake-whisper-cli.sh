#!/bin/sh
# Prints as whisper-cli of whisper.cpp does: -m MODEL -l LANGUAGE -np -f FILE.
[ "$1" = -m ] && [ "$3" = -l ] && [ "$5" = -np ] && [ "$6" = -f ] && [ -s "$7" ] || exit 2
printf '\n[00:00:00.100 --> 00:00:00.400]   heard in %s with %s\n' "$4" "$2"
