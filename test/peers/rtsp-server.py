"""An RTSP camera for tests: plays a file for ever, live, whether anybody looks or not.

Usage: /usr/bin/python3 rtsp-server.py OPTIONS_JSON

Options: file; audio (none, aac, pcmu, pcma or opus); port (0: any); path; user, password, auth (digest or basic);
tls; udp (offer UDP as well as TCP); aggregate (small NAL units share packets). The
file's own video is passed through.

Answers on stdout, one JSON object a line: first {"port": n}, then one for each command on stdin:
status, stall, resume, kill, switch FILE. Ends when stdin does.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

import gi

sys.dont_write_bytecode = True

gi.require_version("Gst", "1.0")
gi.require_version("GstApp", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gio, GLib, Gst, GstApp, GstRtsp, GstRtspServer  # noqa: E402,F401
from live_file import Feed  # noqa: E402

PAYLOADERS = {
    "V_MPEG4/ISO/AVC": ("h264parse", "rtph264pay", "video/x-h264,stream-format=avc,alignment=au"),
    "V_MPEGH/ISO/HEVC": ("h265parse", "rtph265pay", "video/x-h265,stream-format=hvc1,alignment=au"),
    "A_AAC": ("aacparse", "rtpmp4gpay", "audio/mpeg,mpegversion=4,stream-format=raw,framed=true"),
    "A_OPUS": ("opusparse", "rtpopuspay", "audio/x-opus,channel-mapping-family=0,channels=2,rate=48000"),
}
# An RSA key would be the longest part of the start.
KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]


class Camera:
    """The tracks of the playing file as a GStreamer media that all clients share."""

    def __init__(self, options):
        self.options = options
        self.sources = {}
        self.tracks = {}
        self.offset = None
        self.last = 0
        self.stalled = False
        self.lock = threading.Lock()
        self.ready = threading.Event()
        self.feed = self.open(options["file"])

    def open(self, file):
        return Feed(file, self.options["audio"], self.on_tracks, self.on_packet)

    def switch(self, file):
        self.feed.stop()
        self.feed.thread.join()
        self.offset = None
        self.feed = self.open(file)

    def on_tracks(self, tracks):
        with self.lock:
            self.tracks = {track["number"]: track for track in tracks}
            for track in tracks:
                if track["number"] in self.sources:
                    self.sources[track["number"]].set_caps(self.caps(track))
        self.ready.set()

    def shape(self, track):
        if track["codec"] != "A_MS/ACM":
            return PAYLOADERS[track["codec"]]
        law = "a" if track["private"][0] == 6 else "u"
        caps = f"audio/x-{'a' if law == 'a' else 'mu'}law,rate=8000,channels=1"
        return ("identity", f"rtppcm{law}pay", caps)

    def caps(self, track):
        text = self.shape(track)[2]
        if track["codec"] == "A_AAC":
            text += f",rate={track['rate']},channels={track['channels']}"
        if track["private"] and track["codec"] not in ("A_MS/ACM", "A_OPUS"):
            text += f",codec_data=(buffer){track['private'].hex()}"
        return Gst.Caps.from_string(text)

    def element(self):
        parts = []
        with self.lock:
            for index, track in enumerate(self.tracks.values()):
                parser, payloader, _ = self.shape(track)
                extra = ""
                if payloader.startswith("rtph26"):
                    extra = f" config-interval={self.options.get('configInterval', -1)}"
                    extra += f" aggregate-mode={'zero-latency' if self.options.get('aggregate') else 'none'}"
                parts.append(
                    f"appsrc name=source{track['number']} is-live=true format=time max-bytes=8000000 leaky-type=downstream"
                    f" ! {parser} ! {payloader} name=pay{index} pt={96 + index}{extra}"
                )
            bin = Gst.parse_bin_from_description(" ".join(parts), False)
            for index, track in enumerate(self.tracks.values()):
                bin.get_by_name(f"pay{index}").get_static_pad("src").add_probe(
                    Gst.PadProbeType.BUFFER | Gst.PadProbeType.BUFFER_LIST, self.probe
                )
                source = bin.get_by_name(f"source{track['number']}")
                source.set_caps(self.caps(track))
                self.sources[track["number"]] = source
        return bin

    def probe(self, pad, info):
        return Gst.PadProbeReturn.DROP if self.stalled else Gst.PadProbeReturn.OK

    def silence_rtcp(self, media):
        """Sender reports stop in a stall, too."""
        rtpbin = media.get_element().get_parent().get_by_name("rtpbin0") or find(media.get_element().get_parent(), "rtpbin")
        for pad in rtpbin.pads:
            if pad.get_name().startswith("send_rtcp_src"):
                pad.add_probe(Gst.PadProbeType.BUFFER | Gst.PadProbeType.BUFFER_LIST, self.probe)

    def on_packet(self, number, milliseconds, data):
        source = self.sources.get(number)
        # A source has its clock before its base time: only one that plays has both, and so a running time.
        if not source or source.get_state(0).state != Gst.State.PLAYING:
            return
        running = source.get_clock().get_time() - source.get_base_time()
        time = milliseconds * Gst.MSECOND
        # A machine that stalls makes pictures late and leaves their times alone; what is early would be held back.
        if self.offset is None or self.offset + time - running > Gst.SECOND:
            self.offset = max(running, self.last) - time
        buffer = Gst.Buffer.new_wrapped(data)
        buffer.pts = max(0, self.offset + time)
        self.last = max(self.last, buffer.pts)
        source.emit("push-buffer", buffer)


def find(bin, factory):
    return next(child for child in bin.children if child.get_factory().get_name() == factory)


class Factory(GstRtspServer.RTSPMediaFactory):
    def __init__(self, camera, udp):
        super().__init__()
        self.camera = camera
        self.set_shared(True)
        self.set_eos_shutdown(False)
        self.set_latency(0)
        protocols = GstRtsp.RTSPLowerTrans.TCP
        self.set_protocols(protocols | GstRtsp.RTSPLowerTrans.UDP if udp else protocols)
        self.connect("media-configure", lambda _, media: media.connect("prepared", camera.silence_rtcp))

    def do_gen_key(self, url):
        """The default has the port in it: the idle client, on a server of its own, would hold a media of its own."""
        return url.abspath

    def do_create_element(self, url):
        return self.camera.element()


def certificate():
    with tempfile.TemporaryDirectory() as folder:
        key, cert = os.path.join(folder, "key.pem"), os.path.join(folder, "cert.pem")
        subprocess.run(
            ["openssl", "req", "-x509", *KEY, "-nodes", "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=camera"],
            check=True,
            capture_output=True,
        )
        with open(cert) as c, open(key) as k:
            return Gio.TlsCertificate.new_from_pem(c.read() + k.read(), -1)


def role_permissions(factory):
    permissions = GstRtspServer.RTSPPermissions()
    for role in ("viewer", "anonymous"):
        permissions.add_permission_for_role(role, "media.factory.access", True)
        permissions.add_permission_for_role(role, "media.factory.construct", True)
    factory.set_permissions(permissions)


def authentication(options):
    auth = GstRtspServer.RTSPAuth()
    if options.get("tls"):
        auth.set_tls_certificate(certificate())
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    if options.get("user") is None:
        auth.set_default_token(token)
    elif options.get("auth", "digest") == "digest":
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(options["user"], options["password"], token)
    else:
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.BASIC)
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(options["user"], options["password"]), token)
    return auth


class Standing:
    """The idle client that keeps the camera on, on a loopback server of its own."""

    def __init__(self, port, path):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.stream = self.socket.makefile("rb")
        self.url = f"rtsp://127.0.0.1:{port}{path}"
        self.sequence = 0
        sdp = self.request("DESCRIBE", self.url)[1].decode()
        session = ""
        for index in range(sdp.count("\nm=")):
            transport = f"Transport: RTP/AVP/TCP;unicast;interleaved={2 * index}-{2 * index + 1}\r\n"
            head, _ = self.request("SETUP", f"{self.url}/stream={index}", transport + session)
            session = "Session: " + next(line for line in head if line.lower().startswith("session:")).split(":")[1].split(";")[0].strip() + "\r\n"
        self.request("PLAY", self.url, session)
        threading.Thread(target=self.discard, daemon=True).start()
        threading.Thread(target=self.keep_alive, args=(session,), daemon=True).start()

    def send(self, method, url, headers=""):
        self.sequence += 1
        self.socket.sendall(f"{method} {url} RTSP/1.0\r\nCSeq: {self.sequence}\r\n{headers}\r\n".encode())

    def request(self, method, url, headers=""):
        self.send(method, url, headers)
        head = []
        while line := self.stream.readline().decode().strip():
            head.append(line)
        if " 200 " not in head[0]:
            raise RuntimeError(f"{method}: {head[0]}")
        length = next((int(line.split(":")[1]) for line in head if line.lower().startswith("content-length")), 0)
        return head, self.stream.read(length)

    def discard(self):
        while self.socket.recv(1 << 20):
            pass

    def keep_alive(self, session):
        while True:
            time.sleep(20)
            self.send("OPTIONS", self.url, session)


class Server:
    def __init__(self, options):
        self.path = options.get("path", "/stream")
        self.camera = Camera(options)
        if not self.camera.ready.wait(10):
            raise SystemExit(f"ffmpeg does not read {options['file']}")
        self.factory = Factory(self.camera, options.get("udp", False))
        role_permissions(self.factory)
        self.connected, self.playing, self.total, self.farewells = set(), set(), 0, 0
        self.private = self.listen(0, None)
        self.public = self.listen(options.get("port", 0), authentication(options))
        self.public.connect("client-connected", self.on_client)

    def listen(self, port, auth):
        server = GstRtspServer.RTSPServer()
        server.set_address("127.0.0.1")
        server.set_service(str(port))
        server.get_mount_points().add_factory(self.path, self.factory)
        if auth:
            server.set_auth(auth)
        if not server.attach(None):
            raise SystemExit(f"cannot listen on port {port}")
        return server

    def on_client(self, _, client):
        self.connected.add(client)
        self.total += 1
        client.connect("play-request", lambda client, _: self.playing.add(client))
        client.connect("teardown-request", self.on_farewell)
        client.connect("closed", self.on_closed)

    def on_farewell(self, client, _):
        self.farewells += 1
        self.playing.discard(client)

    def on_closed(self, client):
        self.connected.discard(client)
        self.playing.discard(client)

    def stand(self):
        self.standing = Standing(self.private.get_bound_port(), self.path)

    def status(self):
        counts = {"connected": len(self.connected), "playing": len(self.playing)}
        return {**counts, "total": self.total, "farewells": self.farewells}

    def command(self, line):
        name, _, argument = line.strip().partition(" ")
        if name == "stall":
            self.camera.stalled = True
        elif name == "resume":
            self.camera.stalled = False
        elif name == "kill":
            self.public.client_filter(lambda server, client: GstRtspServer.RTSPFilterResult.REMOVE)
        elif name == "switch":
            self.camera.switch(argument)
        elif name != "status":
            return {"error": f"no such command: {name}"}
        return self.status()


def main():
    Gst.init(None)
    server = Server(json.loads(sys.argv[1]))
    loop = GLib.MainLoop()
    threading.Thread(target=loop.run, daemon=True).start()
    signal.signal(signal.SIGTERM, lambda *_: (server.camera.feed.stop(), os._exit(0)))
    server.stand()
    print(json.dumps({"port": server.public.get_bound_port()}), flush=True)
    for line in sys.stdin:
        answers = []
        done = threading.Event()
        GLib.idle_add(lambda: (answers.append(server.command(line)), done.set(), False)[-1])
        done.wait()
        print(json.dumps(answers[0]), flush=True)
    server.camera.feed.stop()
    os._exit(0)


main()
