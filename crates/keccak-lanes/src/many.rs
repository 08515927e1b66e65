//! Many messages at once: one in each lane, and the next one when a message ends.

use crate::shake::SHAKE_DOMAIN;
use crate::state::{LANES, States};
use crate::{Backend, RATE256};
use zeroize::Zeroize;

/// SHAKE256 of each message into the output with the same number, as many as both slices have. A message is its
/// `PARTS` slices, one after the other (say, a prefix of its own and a file's bytes); an output has at most 136 bytes.
///
/// As many messages as the back end has lanes are hashed together, and the next message takes the lane of one that has
/// ended, so lengths may differ; starting with the longest keeps lanes busiest. Lengths are public. No allocation;
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
        while active < width
            && let Some((parts, output)) = jobs.next()
        {
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
        // Backwards, so that the lane which fills a gap has been looked at.
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

/// What is left of a message.
struct Message<'a, const PARTS: usize> {
    parts: [&'a [u8]; PARTS],
    /// Whether the padded block has been given out.
    ended: bool,
}

impl<'a, const PARTS: usize> Message<'a, PARTS> {
    /// The next block, padded if it is the last: from the message itself where it lies there in one piece, otherwise
    /// put together in `buffer`.
    #[inline]
    fn next_block<'b>(&mut self, buffer: &'b mut [u8; RATE256]) -> &'b [u8]
    where
        'a: 'b,
    {
        let mut filled = 0;
        for part in &mut self.parts {
            if filled == 0
                && let Some((block, rest)) = part.split_at_checked(RATE256)
            {
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
