//! The table that is printed at the end.

/// Rows in the order in which they were measured.
#[derive(Default)]
pub struct Table {
    rows: Vec<[String; 4]>,
    notes: Vec<String>,
}

impl Table {
    /// A ratio that should be no smaller.
    pub fn at_least(&mut self, name: &str, value: f64, bound: f64, detail: &str) {
        self.judged(name, value, &format!("≥ {bound}"), value >= bound, detail);
    }

    /// A figure that should be no greater.
    pub fn at_most(&mut self, name: &str, value: f64, bound: f64, detail: &str) {
        self.judged(name, value, &format!("≤ {bound}"), value <= bound, detail);
    }

    /// A figure without a bound.
    pub fn report(&mut self, name: &str, value: f64, detail: &str) {
        eprintln!("{name}: {value:.2} {detail}");
        self.rows.push([name.into(), format!("{value:.2}"), String::new(), detail.into()]);
    }

    /// A sentence below the table.
    pub fn note(&mut self, text: &str) {
        eprintln!("{text}");
        self.notes.push(text.into());
    }

    fn judged(&mut self, name: &str, value: f64, bound: &str, kept: bool, detail: &str) {
        let bound = if kept { bound.to_string() } else { format!("{bound} MISSED") };
        eprintln!("{name}: {value:.2} ({bound}) {detail}");
        self.rows.push([name.into(), format!("{value:.2}"), bound, detail.into()]);
    }

    /// Writes it as Markdown.
    pub fn print(&self) {
        println!("\n| figure | value | aim | detail |\n|---|---|---|---|");
        for row in &self.rows {
            println!("| {} |", row.join(" | "));
        }
        println!(
            "\nA rate \"at\" a time: CPU that a request costs the processes under measurement together."
        );
        for note in &self.notes {
            println!("\n{note}");
        }
    }
}
