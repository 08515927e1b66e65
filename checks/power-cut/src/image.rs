//! The contents of a disk, sparse: blocks of 4 KiB that are not all zeros.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

/// Bytes in a block, and the piece that a disk writes whole or not at all.
pub const BLOCK: u64 = 4096;
type Block = [u8; 4096];

/// The contents of a disk. A clone shares the blocks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    blocks: BTreeMap<u64, Arc<Block>>,
}

impl Image {
    /// Reads a disk image of which most is a hole.
    ///
    /// # Errors
    /// As the system reports them.
    pub fn read(file: &File) -> io::Result<Self> {
        let mut image = Self::default();
        let end = file.metadata()?.len();
        let mut at = 0;
        while at < end {
            let data = match rustix::fs::seek(file, rustix::fs::SeekFrom::Data(at)) {
                Ok(data) => data,
                // Nothing but a hole follows.
                Err(rustix::io::Errno::NXIO) => break,
                Err(error) => return Err(error.into()),
            };
            let hole = rustix::fs::seek(file, rustix::fs::SeekFrom::Hole(data))?;
            for number in data / BLOCK..hole.div_ceil(BLOCK) {
                let mut block = [0; 4096];
                file.read_exact_at(&mut block, number * BLOCK)?;
                image.put(number, block);
            }
            at = hole;
        }
        Ok(image)
    }

    /// Makes a file of `length` bytes hold this image and nothing else.
    ///
    /// # Errors
    /// As the system reports them.
    pub fn write_to(&self, file: &File, length: u64) -> io::Result<()> {
        file.set_len(0)?;
        file.set_len(length)?;
        for (number, block) in &self.blocks {
            file.write_all_at(&block[..], number * BLOCK)?;
        }
        Ok(())
    }

    /// Writes bytes at an offset.
    pub fn write(&mut self, mut offset: u64, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let (number, start) = (offset / BLOCK, usize::try_from(offset % BLOCK).unwrap_or(0));
            let length = bytes.len().min(4096 - start);
            let (now, rest) = bytes.split_at(length);
            let mut block = self.blocks.get(&number).map_or([0; 4096], |block| **block);
            block[start..start + length].copy_from_slice(now);
            self.put(number, block);
            (bytes, offset) = (rest, (number + 1) * BLOCK);
        }
    }

    fn put(&mut self, number: u64, block: Block) {
        if block == [0; 4096] {
            self.blocks.remove(&number);
        } else {
            self.blocks.insert(number, Arc::new(block));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_of_any_alignment() {
        let mut image = Image::default();
        image.write(4096 - 512, &[1; 1024]);
        image.write(4096, &[2; 512]);
        let mut expected = vec![0; 8192];
        expected[3584..4096].fill(1);
        expected[4096..4608].fill(2);
        let path = std::env::temp_dir().join(format!("power-cut-image-{}", std::process::id()));
        let file = File::options().create(true).truncate(true).read(true).write(true).open(&path).unwrap();
        image.write_to(&file, 1 << 20).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(Image::read(&file).unwrap(), image);
        std::fs::remove_file(path).unwrap();
        assert_eq!(bytes.len(), 1 << 20);
        assert_eq!(bytes[..8192], expected);
        assert!(bytes[8192..].iter().all(|&byte| byte == 0));
        // Zeros need no memory.
        image.write(0, &[0; 8192]);
        assert_eq!(image, Image::default());
    }
}
