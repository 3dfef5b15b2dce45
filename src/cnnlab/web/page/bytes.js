/* Bytes as base64 and back, and as grey squares. */

const CHUNK = 0x8000; // more arguments at once break some browsers

/** @param {Uint8Array} bytes */
export function toBase64(bytes) {
  const parts = [];
  for (let at = 0; at < bytes.length; at += CHUNK) parts.push(String.fromCharCode(...bytes.subarray(at, at + CHUNK)));
  return btoa(parts.join(""));
}

/** @param {string} text */
export function fromBase64(text) {
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = letters.charCodeAt(at); // a drawing is answered in its time
  return bytes;
}

/**
 * Paint bytes as greys, a pixel each; 0 is black.
 * @param {HTMLCanvasElement} canvas  Gets this size.
 * @param {Uint8Array} bytes
 * @param {number} height
 * @param {number} width
 */
export function paint(canvas, bytes, height, width) {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const image = new ImageData(width, height);
  for (let at = 0; at < height * width; at += 1) {
    image.data.fill(bytes[at], 4 * at, 4 * at + 3);
    image.data[4 * at + 3] = 255;
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}

/**
 * Enlarge or shrink greys to a square, each pixel the nearest one.
 * @param {Uint8Array} bytes
 * @param {number} height
 * @param {number} width
 * @param {number} size  Of a side.
 */
export function enlarged(bytes, height, width, size) {
  const found = new Uint8Array(size * size);
  for (let y = 0; y < size; y += 1) {
    const row = Math.floor((y * height) / size) * width;
    for (let x = 0; x < size; x += 1) found[y * size + x] = bytes[row + Math.floor((x * width) / size)];
  }
  return found;
}
