output "vpc_id" {
  description = "Id of the VPC."
  value       = aws_vpc.main.id
}

output "public_subnet_ids" {
  description = "Ids of the public subnets, in the order of the zones."
  value       = [for zone in local.zones : aws_subnet.public[zone].id]
}

output "private_subnet_ids" {
  description = "Ids of the private subnets, in the order of the zones."
  value       = [for zone in local.zones : aws_subnet.private[zone].id]
}

output "data_subnet_ids" {
  description = "Ids of the data subnets, in the order of the zones."
  value       = [for zone in local.zones : aws_subnet.data[zone].id]
}

output "nat_ranges" {
  description = "Addresses that what goes out through NAT comes from, as ranges, by zone; none without NAT."
  value       = { for zone, address in aws_eip.nat : zone => "${address.public_ip}/32" }
}

output "endpoint_security_group_id" {
  description = "Id of the security group of the interface endpoints; null without any."
  value       = one(aws_security_group.endpoints[*].id)
}

output "gateway_prefix_list_ids" {
  description = "Ids of the prefix lists of DynamoDB and S3."
  value       = { for service, list in data.aws_ec2_managed_prefix_list.gateway : service => list.id }
}
