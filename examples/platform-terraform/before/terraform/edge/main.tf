resource "google_compute_global_address" "edge" {
  name = "edge"
}

resource "google_dns_managed_zone" "edge" {
  name     = "edge"
  dns_name = "edge.example.com."
}

resource "google_dns_record_set" "edge" {
  name         = google_dns_managed_zone.edge.dns_name
  managed_zone = google_dns_managed_zone.edge.name
  type         = "A"
  ttl          = 300
  rrdatas      = [google_compute_global_address.edge.address]
}
