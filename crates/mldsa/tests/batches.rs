//! Many messages and many signatures at once give the same results as one at a time.

use mldsa::{
    Context, InvalidSignature, MlDsa44, MlDsa65, MlDsa87, Mu, ParameterSet, Rnd, Seed, Signature, SigningKey,
};

/// Kills: a lane with the message of another, a skipped chunk, a missing prefix.
#[test]
fn many_messages_have_the_mus_of_each() {
    let tr = [5; 64];
    let bytes: Vec<u8> = (0..2000u32).map(|i| (i * 31) as u8).collect();
    let context = Context::new(b"a context").expect("short");
    for count in [0, 1, 7, 8, 9, 63, 64, 65, 200] {
        let messages: Vec<&[u8]> = (0..count).map(|i| &bytes[..i * 97 % 1999]).collect();
        let mut mus = vec![Mu::from_bytes([0; 64]); count];
        Mu::of_messages(&tr, context, &messages, &mut mus);
        for (message, mu) in messages.iter().zip(&mus) {
            assert_eq!(*mu, Mu::of_message(&tr, context, message), "{} bytes of {count}", message.len());
        }
    }
}

fn verdicts_are_those_of_each<P: ParameterSet>() {
    const COUNT: usize = 19;
    let key = SigningKey::<P>::from_seed(&Seed::from_bytes([8; 32]));
    let expanded = key.verifying_key().expand();
    let mus: Vec<Mu> = (0..COUNT).map(|i| Mu::from_bytes([i as u8; 64])).collect();
    let mut signatures: Vec<Signature<P>> =
        mus.iter().map(|mu| key.sign_mu(mu, &Rnd::DETERMINISTIC)).collect();
    // Modified in c̃, in z and in the hints; and two with exchanged mu.
    for (i, at) in [(0, 0), (7, 700), (8, P::SIGNATURE_LEN - 1), (18, 40)] {
        let mut bytes = signatures[i].as_bytes().to_vec();
        bytes[at] ^= 1;
        signatures[i] = Signature::from_bytes(&bytes).expect("its length");
    }
    signatures.swap(3, 4);
    let bad = [0, 3, 4, 7, 8, 18];
    let batch: Vec<_> = mus.iter().copied().zip(&signatures).collect();
    let mut verdicts = vec![Ok(()); COUNT + 2];
    expanded.verify_batch(&batch, &mut verdicts);
    for (i, verdict) in verdicts.iter().enumerate() {
        let expected = if bad.contains(&i) || i >= COUNT { Err(InvalidSignature) } else { Ok(()) };
        assert_eq!(*verdict, expected, "{} at {i}", P::NAME);
        if let Some((mu, signature)) = batch.get(i) {
            assert_eq!(expanded.verify_mu(mu, signature), expected);
        }
    }
}

#[test]
fn many_signatures_have_the_verdicts_of_each() {
    verdicts_are_those_of_each::<MlDsa44>();
    verdicts_are_those_of_each::<MlDsa65>();
    verdicts_are_those_of_each::<MlDsa87>();
}
