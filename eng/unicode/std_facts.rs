// Prints, for every code point, what Rust's standard library says: one line "cp flags lower...".
// flags: 1 white space, 2 numeric. Lines without anything to say are left out.
fn main() {
    for cp in 0..=0x10FFFFu32 {
        let Some(c) = char::from_u32(cp) else { continue };
        let flags = (c.is_whitespace() as u32) | (c.is_numeric() as u32) << 1;
        let lower: Vec<u32> = c.to_lowercase().map(|l| l as u32).collect();
        if flags == 0 && lower == [cp] { continue; }
        print!("{cp:x} {flags}");
        if lower != [cp] { for l in lower { print!(" {l:x}"); } }
        println!();
    }
}
