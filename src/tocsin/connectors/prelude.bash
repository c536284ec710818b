# Read by bash before a step's text (BASH_ENV), so that the text itself stays untouched: it reports how each part
# of the last pipeline ended, on a descriptor of its own, and leaves nothing in the environment of the text.
# A text that sets its own EXIT trap replaces this one; then the parts are unknown and nothing else changes.
trap "{ printf '%s ' \"\${PIPESTATUS[@]}\" >&$TOCSIN_STATUS_FD; } 2>/dev/null" EXIT
unset BASH_ENV TOCSIN_STATUS_FD
