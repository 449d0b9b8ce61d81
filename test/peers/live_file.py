"""Plays a file in real time and for ever, as coded packets with times: ffmpeg, read as Matroska."""

import os
import signal
import struct
import subprocess
import sys
import threading

AUDIO_ARGUMENTS = {
    "aac": ["-c:a", "aac", "-b:a", "64k"],
    "pcmu": ["-c:a", "pcm_mulaw", "-ac", "1", "-af", "aresample=8000,asetnsamples=n=160"],
    "pcma": ["-c:a", "pcm_alaw", "-ac", "1", "-af", "aresample=8000,asetnsamples=n=160"],
    "opus": ["-c:a", "libopus", "-ar", "48000", "-ac", "2", "-b:a", "48k"],
}

def element(data, at):
    """One EBML element's id, content start and size (None: unknown); raises IndexError where bytes lack."""

    def number(at, keep_marker):
        first = data[at]
        length = 9 - first.bit_length()
        data[at + length - 1]
        value = int.from_bytes(data[at : at + length], "big")
        if keep_marker:
            return value, at + length
        value &= (1 << (7 * length)) - 1
        return (None if value == (1 << (7 * length)) - 1 else value), at + length

    identifier, at = number(at, True)
    size, at = number(at, False)
    return identifier, at, size


def children(data):
    at = 0
    while at < len(data):
        identifier, start, size = element(data, at)
        yield identifier, data[start : start + size]
        at = start + size


class Feed:
    """Reads one file in real time, looping, through ffmpeg and Matroska; on_tracks(list), on_packet(track, ms, data)."""

    CONTAINERS = (0x18538067, 0x1F43B675)  # Segment, Cluster

    def __init__(self, file, audio, on_tracks, on_packet):
        self.on_tracks, self.on_packet = on_tracks, on_packet
        arguments = ["ffmpeg", "-v", "error", "-nostdin", "-re", "-stream_loop", "-1", "-i", file, "-map", "0:v:0", "-c:v", "copy"]
        if audio != "none":
            arguments += ["-map", "0:a:0?", *AUDIO_ARGUMENTS[audio]]
        arguments += ["-cluster_time_limit", "1", "-flush_packets", "1", "-f", "matroska", "-live", "1", "pipe:1"]
        self.process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, preexec_fn=die_with_parent)
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        data, cluster = bytearray(), 0
        while chunk := os.read(self.process.stdout.fileno(), 65536):
            data += chunk
            at = 0
            try:
                while True:
                    identifier, start, size = element(data, at)
                    if identifier in self.CONTAINERS:
                        at = start
                        continue
                    if start + size > len(data):
                        break
                    content = bytes(data[start : start + size])
                    at = start + size
                    if identifier == 0x1654AE6B:
                        self.on_tracks([self.track(entry) for kind, entry in children(content) if kind == 0xAE])
                    elif identifier == 0xE7:
                        cluster = int.from_bytes(content, "big")
                    elif identifier == 0xA3:
                        self.block(content, cluster)
                    elif identifier == 0xA0:
                        for kind, block in children(content):
                            if kind == 0xA1:
                                self.block(block, cluster)
            except IndexError:
                pass
            del data[:at]

    def block(self, content, cluster):
        self.on_packet(content[0] & 0x7F, cluster + int.from_bytes(content[1:3], "big", signed=True), content[4:])

    @staticmethod
    def track(entry):
        found = {"rate": 8000, "channels": 1, "private": b""}
        for kind, content in children(entry):
            if kind == 0xD7:
                found["number"] = content[0]
            elif kind == 0x86:
                found["codec"] = content.rstrip(b"\0").decode()
            elif kind == 0x63A2:
                found["private"] = content
            elif kind == 0xE1:
                for audio_kind, value in children(content):
                    if audio_kind == 0x9F:
                        found["channels"] = int.from_bytes(value, "big")
                    elif audio_kind == 0xB5:
                        found["rate"] = int(float_of(value))
        return found

    def stop(self):
        self.process.kill()
        self.process.wait()


def float_of(value):
    return struct.unpack(">f" if len(value) == 4 else ">d", value)[0]


def die_with_parent():
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
