"""The errors that a person can act on."""


class FacewrightError(Exception):
    """Something outside the program is wrong; the message is one sentence that says what, and what to do.

    Command lines print the message and exit non-zero; the editor shows it in a dialog. Programming
    errors are never of this type.
    """
