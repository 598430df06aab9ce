variable "vpc_cidr" {
  description = "The addresses of the platform."
  type        = string
  default     = "10.40.0.0/16"
}

variable "availability_zones" {
  description = "The availability zones, each with the number of its subnet."
  type        = map(number)
  default = {
    eu-central-1a = 0
    eu-central-1b = 1
    eu-central-1c = 2
  }
}
