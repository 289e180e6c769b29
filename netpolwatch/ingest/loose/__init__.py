"""What people hold on a laptop: lines in records, tables and copies that no list of ours foresees.

Each module offers what a text may hold, with what stands beside it; nothing here decides whether
an offer is a line. Never used in a function: there, any pod could print the text of a wrapper.
"""
