import type { Pass } from "@shopkey/adapter-sdk";
import QRCode from "qrcode";

/** Drawn both ways: SVG for apps that scale it, PNG for those that only show pictures. */
export async function drawPass(code: string, expiresAt: Date): Promise<Pass> {
  const options = { errorCorrectionLevel: "M", margin: 4 } as const;
  const [svg, png] = await Promise.all([
    QRCode.toString(code, { ...options, type: "svg" }),
    QRCode.toBuffer(code, { ...options, type: "png", scale: 8 }),
  ]);
  return { code, svg, png: png.toString("base64"), expiresAt: expiresAt.toISOString() };
}
