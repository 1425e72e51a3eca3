"""Downloads: from an http(s) address to a whole, checked file, or to one line that says why not.

limits.py     what a download may take      addresses.py  which addresses are followed, and names from them
pace.py       time, rate and bytes          pages.py      web pages that stand in for a file
wire.py       the only socket               answers.py    past redirects and pages to the file's own reply
partial.py    what has arrived so far       digests.py    SHA-256, kept beside a file
transfer.py   all of it, attempt by attempt

Whatever a server says is followed over http and https alone, never beyond the limits, and never into a file
that is not ours. An unfinished download lies in a folder of the user's own cache; the folder of the target
sees the whole file or nothing.
"""

from __future__ import annotations

from nvlabs.downloading.addresses import checked_address, safe_name
from nvlabs.downloading.limits import Limits
from nvlabs.downloading.transfer import Downloaded, Expected, download

__all__ = ["Downloaded", "Expected", "Limits", "checked_address", "download", "safe_name"]
