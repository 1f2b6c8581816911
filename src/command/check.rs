//! `check`: tries each system of the settings without moving money, and says how it went.

use crate::server::{self, Finding, Grade, Settings};

fn line(finding: &Finding) -> String {
    let grade = match finding.grade {
        Grade::Fine => "fine ",
        Grade::Unsure => "note ",
        Grade::Wrong => "WRONG",
    };
    format!("{grade}  {}: {}\n", finding.what, finding.words)
}

/// What to say, and how much is wrong.
pub(super) async fn check(settings: &Settings) -> Result<(String, usize), String> {
    let found = server::check(settings)
        .await
        .map_err(|error| error.to_string())?;
    let wrong = found.iter().filter(|one| one.grade == Grade::Wrong).count();
    Ok((found.iter().map(line).collect(), wrong))
}
