"""Pictures of pages in fewer bytes: at most 256 colours, which a page without photographs hardly has more of."""

import base64
import struct
import zlib

import numpy as np
import numpy.typing as npt
from playwright.sync_api import Browser

COLOURS = 256

# Chromium reads its own pictures best; no library here does.
_PIXELS = """async (picture) => {
  const bytes = Uint8Array.from(atob(picture), (one) => one.charCodeAt(0));
  const image = await createImageBitmap(new Blob([bytes], {type: 'image/png'}));
  const canvas = new OffscreenCanvas(image.width, image.height), drawing = canvas.getContext('2d');
  drawing.drawImage(image, 0, 0);
  const {data} = drawing.getImageData(0, 0, image.width, image.height);
  let text = '';
  for (let at = 0; at < data.length; at += 32768) text += String.fromCharCode(...data.subarray(at, at + 32768));
  return [image.width, image.height, btoa(text)];
}"""


def reduced(browser: Browser, picture: bytes) -> bytes:
    """The PNG with its most frequent colours and those furthest from them, each other one shown as the nearest."""
    page = browser.new_page()
    try:
        width, height, pixels = page.evaluate(_PIXELS, base64.b64encode(picture).decode())
    finally:
        page.close()
    rgb = np.frombuffer(base64.b64decode(pixels), np.uint8).reshape(-1, 4)[:, :3]
    palette, places = _quantised(rgb)
    rows = np.pad(places.reshape(height, width), ((0, 0), (1, 0)))  # each begins with its filter: none
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    chunks = (
        (b"IHDR", header),
        (b"PLTE", palette.tobytes()),
        (b"IDAT", zlib.compress(rows.tobytes(), 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _quantised(rgb: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """The palette, and the place of each pixel's colour in it."""
    coded = rgb.astype(np.int32) @ np.array([65_536, 256, 1], np.int32)
    found, which, often = np.unique(coded, return_inverse=True, return_counts=True)
    colours = np.stack([found >> 16, found >> 8 & 255, found & 255], axis=1)
    picked = np.argsort(-often, kind="stable")[: COLOURS // 2].tolist()
    error = np.min([_apart(colours, colours[place]) for place in picked], axis=0)
    for _ in range(min(COLOURS, len(colours)) - len(picked)):  # a rare colour that is like no other counts too
        picked.append(int(np.argmax(often * error)))
        error = np.minimum(error, _apart(colours, colours[picked[-1]]))
    palette = colours[picked]
    nearest = np.argmin([_apart(colours, colour) for colour in palette], axis=0)
    return palette.astype(np.uint8), nearest.astype(np.uint8)[which.ravel()]


def _apart(colours: npt.NDArray[np.int32], colour: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Squared distances in RGB."""
    distances: npt.NDArray[np.int32] = ((colours - colour) ** 2).sum(axis=1, dtype=np.int32)
    return distances


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
