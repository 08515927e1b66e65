//! Many messages at once: one in each lane. When a message ends, the next one takes its lane.

use crate::shake::SHAKE_DOMAIN;
use crate::state::{LANES, States};
use crate::{Backend, RATE256};
use zeroize::Zeroize;

/// Computes SHAKE256 of each message into the output with the same index, up to the end of the shorter slice. A message is
/// the concatenation of its `PARTS` slices (such as a prefix and the contents of a file). An output has at most 136 bytes.
///
/// Hashes as many messages together as the back end has lanes. When a message ends, the next one takes its lane, so lengths
/// may differ. Put the longest messages first: this keeps the lanes busiest. Lengths are public. Allocates nothing; needs
/// 4 KiB of stack.
pub fn shake256_many<B: Backend, const PARTS: usize, const OUT: usize>(
    backend: B,
    messages: &[[&[u8]; PARTS]],
    outputs: &mut [[u8; OUT]],
) {
    const { assert!(OUT <= RATE256) };
    let mut jobs = messages.iter().zip(outputs);
    let mut states = States::ZERO;
    let mut buffers = [[0u8; RATE256]; LANES];
    let mut lanes: [Option<(Message<'_, PARTS>, &mut [u8; OUT])>; LANES] = [const { None }; LANES];
    let width = backend.width().clamp(1, LANES);
    // The lanes 0..active have a message.
    let mut active = 0;
    loop {
        for (parts, output) in jobs.by_ref().take(width - active) {
            states.set_lane(active, &[0; 25]);
            lanes[active] = Some((Message { parts: *parts, ended: false }, output));
            active += 1;
        }
        if active == 0 {
            break;
        }
        let mut blocks = [[].as_slice(); LANES];
        for ((block, lane), buffer) in blocks.iter_mut().zip(&mut lanes[..active]).zip(&mut buffers) {
            if let Some((message, _)) = lane {
                *block = message.next_block(buffer);
            }
        }
        backend.xor_blocks(&mut states, blocks);
        backend.permute_lanes(&mut states, active);
        // Backwards, so that a lane that moves into a gap has already been examined.
        for lane in (0..active).rev() {
            if let Some((_, output)) = lanes[lane].take_if(|(message, _)| message.ended) {
                states.copy_lane(lane, 0, output);
                active -= 1;
                if lane != active {
                    states.set_lane(lane, &states.lane(active));
                    lanes[lane] = lanes[active].take();
                }
            }
        }
    }
    states.0.as_flattened_mut().zeroize();
    buffers.as_flattened_mut().zeroize();
}

/// The part of a message that is not hashed yet.
struct Message<'a, const PARTS: usize> {
    parts: [&'a [u8]; PARTS],
    /// Whether the padded block has been returned.
    ended: bool,
}

impl<'a, const PARTS: usize> Message<'a, PARTS> {
    /// Returns the next block, padded if it is the last: a slice of the message if the block is in one piece there,
    /// otherwise assembled in `buffer`.
    #[inline]
    fn next_block<'b>(&mut self, buffer: &'b mut [u8; RATE256]) -> &'b [u8]
    where
        'a: 'b,
    {
        let mut filled = 0;
        for part in &mut self.parts {
            if let (0, Some((block, rest))) = (filled, part.split_at_checked(RATE256)) {
                *part = rest;
                return block;
            }
            let (now, rest) = part.split_at(part.len().min(RATE256 - filled));
            buffer[filled..][..now.len()].copy_from_slice(now);
            filled += now.len();
            *part = rest;
        }
        if let Some((domain, padding)) = buffer[filled..].split_first_mut() {
            *domain = SHAKE_DOMAIN;
            padding.fill(0);
            buffer[RATE256 - 1] ^= 0x80;
            self.ended = true;
        }
        buffer
    }
}
