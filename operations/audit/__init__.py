"""The auditor: reads the closed books of a whole network and believes none of them.

Nothing here knows the code that wrote the books: what is hashed, what a case is and what is counted stand here a second
time. Only the generated messages are shared.
"""
