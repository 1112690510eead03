/** A picture of the visitor's, as the page shows it and as a call carries it. */
export interface Picture {
  url: string;
  name: string;
  base64: string;
  width: number;
  height: number;
}

/** Rejects what the browser cannot show. */
export async function openPicture(file: File): Promise<Picture> {
  const url = URL.createObjectURL(file);
  const bitmap = await createImageBitmap(file);
  const { width, height } = bitmap;
  bitmap.close();
  const bytes = new Uint8Array(await file.arrayBuffer());
  let binary = "";
  for (let at = 0; at < bytes.length; at += 0x8000) {
    binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  }
  return { url, name: file.name, base64: btoa(binary), width, height };
}
