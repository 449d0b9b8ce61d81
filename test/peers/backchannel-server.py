"""A camera with an ONVIF backchannel for tests: GStreamer's RTSP server on 127.0.0.1.

Usage: /usr/bin/python3 backchannel-server.py OPTIONS_JSON

Options: law (u or a); file (where what was heard is written, as G.711). Answers {"port": n} on stdout; ends when stdin
does.
"""

import json
import os
import sys
import threading

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402


def main():
    options = json.loads(sys.argv[1])
    Gst.init(None)
    encoding, depay = ("PCMU", "rtppcmudepay") if options["law"] == "u" else ("PCMA", "rtppcmadepay")
    server = GstRtspServer.RTSPOnvifServer.new()
    server.set_address("127.0.0.1")
    server.set_service("0")
    factory = GstRtspServer.RTSPOnvifMediaFactory.new()
    # Who only talks sets no video up: without the tee the source would take that for an error, and the media stop.
    factory.set_launch(
        "( videotestsrc is-live=true ! video/x-raw,format=I420,width=160,height=120,framerate=5/1"
        " ! tee allow-not-linked=true ! jpegenc ! rtpjpegpay name=pay0 pt=26 )"
    )
    caps = f"application/x-rtp,media=audio,payload={0 if options['law'] == 'u' else 8},clock-rate=8000,encoding-name={encoding}"
    factory.set_backchannel_launch(
        f"( capsfilter caps=\"{caps}\" name=depay_backchannel ! {depay}"
        f" ! filesink location={options['file']} buffer-mode=unbuffered sync=false async=false )"
    )
    factory.set_media_gtype(GstRtspServer.RTSPOnvifMedia.__gtype__)
    factory.set_shared(False)
    server.get_mount_points().add_factory("/stream", factory)
    if not server.attach(None):
        raise SystemExit("cannot listen")
    loop = GLib.MainLoop()
    threading.Thread(target=loop.run, daemon=True).start()
    print(json.dumps({"port": server.get_bound_port()}), flush=True)
    sys.stdin.read()
    os._exit(0)


main()
