"""Faults that join objects over time: a fact asks a question, the settled knowledge answers it.

No single event shows that something did not follow. So a fact *wakes* a question with a time at
which it is due. When the audit log was heard past that time, the knowledge *as of* that time
answers. Nothing is remembered between the two but the question itself: late, repeated and reordered
events, and several containers, need no code of their own. Three rules keep it so:

- `wakes` sees its own fact and nothing else;
- `answer` sees the knowledge as of the question's own time, not as of now;
- that something is absent is only said where its log was heard without a gap.
"""
