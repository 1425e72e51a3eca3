"""What the worker is made of.

turns.py    who is next: fair turns among clients      slots.py     what one client wants, what is under way
painter.py  from a state to what is shown of it        stepped.py   long work that gives its turn away
sheets.py   small pictures by the dozen                own.py       components and previews, between turns
"""

from __future__ import annotations
