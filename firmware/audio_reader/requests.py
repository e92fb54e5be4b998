"""What a computer can ask of the audio code reader besides: to speak a code, and to take a new voice."""

import os

from audio_reader.clips import missing
from audio_reader.pack import Pack
from common.requests import Requests as Common
from segl_wire import schema


class Requests(Common):
    """Answers requests; see common.requests."""

    _file = None  # of the voice that is being taken

    def closed(self):
        """The computer closed the port: half a voice is forgotten too."""
        self._drop()
        super().closed()

    def _handlers(self):
        handlers = super()._handlers()
        handlers[schema.SPEAK] = self._speak
        handlers[schema.VOICE] = self._voice
        handlers[schema.PIECE] = self._piece
        handlers[schema.VOICE_END] = self._voice_end
        return handlers

    def _speak(self, fields):
        self._ask_for_key("speak", fields)

    # A voice comes in pieces, beside the old one, and takes its place when it is whole.

    def _voice(self, fields):
        self._writable()
        if not fields["language"].isalpha():
            raise schema.WireError(schema.BAD_FIELD, 1)  # it becomes a file's name
        self._drop()
        parts = self._parts
        others = 0
        for entry in os.ilistdir(parts.voices):
            if entry[0].endswith(".pack") and entry[0] != fields["language"] + ".pack":
                others += entry[3]
        if others + fields["size"] > parts.voices_size:
            raise schema.WireError(schema.FULL, 2)
        self._language = fields["language"]
        self._size = fields["size"]
        self._got = 0
        parts.sound.settle()
        if "new" in os.listdir(parts.voices):
            os.remove(self._path("new"))  # the power failed before it was whole: its room is needed
        self._file = open(self._path("new"), "wb")

    def _piece(self, fields):
        self._writable()
        if self._file is None or fields["offset"] != self._got:
            raise schema.WireError(schema.BAD_FIELD, 1)
        data = fields["data"]
        if self._got + len(data) > self._size:
            raise schema.WireError(schema.BAD_FIELD, 2)
        self._parts.sound.settle()
        try:
            self._file.write(data)
        except OSError:
            self._drop()
            raise schema.WireError(schema.FULL)
        self._got += len(data)

    def _voice_end(self, fields):
        self._writable()
        if self._file is None or self._got != self._size:
            raise schema.WireError(schema.BAD_FIELD)
        self._parts.sound.settle()
        self._file.close()
        self._file = None
        if not self._whole():
            os.remove(self._path("new"))
            raise schema.WireError(schema.BAD_FIELD)
        self._app.speech.close(self._language)
        os.rename(self._path("new"), self._path(self._language + ".pack"))
        self._app.voice_stored()

    def _whole(self):
        """Return whether the new file is a whole voice of the language that was named."""
        try:
            pack = Pack(self._path("new"))
            try:
                pack.check()
                return pack.language == self._language and not missing(pack)
            finally:
                pack.close()
        except (OSError, ValueError):
            return False

    def _drop(self):
        """Forget what has come of a voice."""
        file = self._file
        if file is not None:
            self._file = None
            self._parts.sound.settle()
            try:
                file.close()
            finally:
                os.remove(self._path("new"))

    def _path(self, name):
        return self._parts.voices + "/" + name
