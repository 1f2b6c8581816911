//! The tab's own storage: what a reload has to know where nobody can be asked.

use web_sys::Storage;

use crate::sensitive::Sensitive;

fn storage() -> Option<Storage> {
    web_sys::window()?.session_storage().ok()?
}

pub(super) fn read(key: &str) -> Option<Sensitive<String>> {
    storage()?.get_item(key).ok()?.map(Sensitive::new)
}

/// Whether it was kept: browsers refuse storage to some frames.
pub(super) fn write(key: &str, marker: Option<&Sensitive<String>>) -> bool {
    let Some(storage) = storage() else {
        return false;
    };
    let kept = match marker {
        // EXPOSE: the marker lies in the tab's own storage until the payment is over.
        Some(marker) => storage.set_item(key, marker.expose()),
        None => storage.remove_item(key),
    };
    kept.is_ok()
}
