//! The document as a whole.

use super::*;

#[test]
fn the_first_paint_can_be_hydrated_and_obeys_the_csp() {
    let html = prerender("en");
    assert!(
        html.starts_with("<div"),
        "white space before the root breaks hydration"
    );
    for screen in stages().into_iter().map(screen) {
        let html = render(&screen);
        for bad in [" style=", "<script", " onclick=", " onload="] {
            assert!(!html.contains(bad), "{bad} in {:?}", screen.stage);
        }
    }
    for text in [
        "Card number",
        "Expiry date",
        "Security code",
        "Name on card",
    ] {
        assert!(
            html.contains(text),
            "{text} is missing from the first paint"
        );
    }
}

#[test]
fn a09_live_regions_are_there_and_empty_at_load() {
    let html = prerender("en");
    for role in ["alert", "status"] {
        let (_, rest) = html.split_once(&format!("role=\"{role}\"")).unwrap();
        let (_, inside) = rest.split_once('>').unwrap();
        let said = inside.split("</").next().unwrap().replace("<!>", "");
        assert_eq!(said.trim(), "", "{role} speaks at load");
    }
}

#[test]
fn a29_one_main_and_one_heading_of_the_page() {
    for stage in stages() {
        let html = render(&screen(stage.clone()));
        assert_eq!(html.matches("<main").count(), 1, "{stage:?}");
        assert_eq!(html.matches("<h1").count(), 1, "{stage:?}");
    }
}
