output "egress_load_balancer_ip" {
  description = "The address from which traffic leaves the platform."
  value       = aws_eip.egress.public_ip
}

output "vpc_cidr" {
  description = "The addresses of the platform."
  value       = aws_vpc.platform.cidr_block
}
