"""Draws while the reader speaks: a piece each turn, so that sound and keys never wait for the screen."""

from common import screens


class Painter:
    """Args: screen: where it draws; loop: where it is a task."""

    def __init__(self, screen, loop):
        self._screen = screen
        self._loop = loop
        self._job = None
        loop.spawn(self._run())

    def message(self, text):
        """Draw a message: its title and, after the line's end, the rest."""
        self._take(self._message(text))

    def sentences(self, text):
        """Draw the message that the generator `text` returns; it runs piece by piece, too."""
        self._take(self._sentences(text))

    def code(self, *values):
        """Draw a code; see screens.code."""
        self._take(self._code(values))

    def drop(self):
        """Leave out what was still to be drawn."""
        self._job = None

    def off(self):
        """Make the screen dark, whatever was still to be drawn."""
        self.drop()
        self._screen.off()

    def _take(self, job):
        if self._job is None:
            self._loop.post("paint")
        self._job = job

    def _run(self):
        while True:
            yield (None, ("paint",))
            while self._job:
                job = self._job
                for _ in job:
                    yield (self._loop.now + 1, ())
                    if job is not self._job:
                        break  # it was overtaken
                else:
                    self._job = None

    def _sentences(self, text):
        yield from self._message((yield from text))

    def _message(self, text):
        title, _, body = text.partition("\n")
        yield
        yield from screens.message_by_lines(self._screen.buffer, title, body)
        yield from self._screen.pages()

    def _code(self, values):
        screens.code(self._screen.buffer, *values)
        yield
        yield from self._screen.pages()
