"""CookCam, "Option B: Hot Fix": the same bad release as for the rollback, to be patched instead."""

from dataclasses import replace

from tocsin.sandbox.faults import option_a_rollback

HEADING = "Option B: Hot Fix"
PATCH = f'sed -i "s/{option_a_rollback.BROKEN}/{option_a_rollback.WORKS}/" server.js'
"""What a person would type into the editor at "Make minimal changes"."""

BAD_RELEASE = replace(option_a_rollback.BAD_RELEASE, name="option_b_hot_fix", heading=HEADING)
