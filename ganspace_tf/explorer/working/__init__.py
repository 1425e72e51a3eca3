"""What the worker is made of.

turns.py    who is next: fair turns among clients      slots.py     what one client wants, what is under way
painter.py  from a state to what is shown of it        stepped.py   long work that gives its turn away
finding.py  components that are not there yet
"""

from __future__ import annotations
