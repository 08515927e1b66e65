//! Output that grows block by block, within a limit.

use modsig_compress::stream::StreamError;

/// Appends what `decode` writes into a piece of at most `block` bytes, within the limit.
pub(super) fn append_block(
    out: &mut Vec<u8>,
    limit: usize,
    block: usize,
    decode: impl FnOnce(&mut [u8]) -> Result<usize, StreamError>,
) -> Result<(), StreamError> {
    let start = out.len();
    let end = start.saturating_add(block).min(limit);
    if end > out.capacity() {
        let capacity = out.capacity().saturating_mul(2).clamp(end, limit);
        out.try_reserve_exact(capacity - start).map_err(|_| StreamError::Memory { bytes: capacity })?;
    }
    out.resize(end, 0);
    let written = decode(out.get_mut(start..).unwrap_or_default())?;
    out.truncate(start.saturating_add(written));
    Ok(())
}
