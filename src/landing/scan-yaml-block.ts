import { BlockScan } from './block-scan.ts';
import type { ScannedBlock, ScanOptions } from './scanned-block.ts';

/** Splits a YAML stream into its documents: see the functions below for what counts as one. */
export function scanYamlBlock(bytes: Buffer, base: number, options: ScanOptions): ScannedBlock {
  const scan = new BlockScan(bytes, base, options);
  return scan.rows.finish(0, null);
}
